using 'matrix.bicep'
